// A twin-engined airliner climbing out, seen from ahead and below.
#version 3.7;
#include "outdoor.inc"
#include "loft.inc"

#declare SunDir = <-0.2, 0.75, -1.0>;
Sun(SunDir, srgb <1.0, 0.96, 0.90> * 1.35)
Sky(SunDir, 0.515, 1.1, <1.7, 0, 8.4>, srgb <0.20, 0.42, 0.78>, srgb <0.74, 0.84, 0.94>)

#declare White = Paint(<0.60, 0.61, 0.63>)
#declare Navy = Paint(<0.012, 0.040, 0.16>)
#declare Crimson = Paint(<0.38, 0.018, 0.016>)
#declare Belly = Paint(<0.42, 0.44, 0.47>)

// The airliner: nose at the origin, tail towards +x, span along z, nose-to-tail 37 m.
#declare Radius = spline {
  natural_spline -0.5, 0.0*x, 0.0, 0.06*x, 0.3, 0.52*x, 0.9, 0.93*x, 1.8, 1.35*x, 3.0, 1.72*x, 4.5, 1.93*x, 6.0, 1.98*x, 12, 1.98*x,
  18, 1.98*x, 24, 1.98*x, 26, 1.94*x, 29, 1.66*x, 32, 1.22*x, 35, 0.70*x, 36.6, 0.40*x, 37.2, 0.24*x, 38, 0.05*x
};
#declare Middle = spline {
  natural_spline -0.5, -0.6*x, 0, -0.55*x, 0.9, -0.44*x, 1.8, -0.30*x, 3.0, -0.12*x, 4.5, -0.02*x, 6.0, 0*x, 12, 0*x, 18, 0*x,
  24, 0*x, 26, 0.05*x, 29, 0.26*x, 32, 0.55*x, 35, 0.88*x, 37.2, 1.10*x, 38, 1.15*x
};
#macro Fuselage(N, M)
  #local P = array[N][M];
  #for (I, 0, N - 1)
    #local U = I / (N - 1);
    #local X = 37.3 * (U < 0.4 ? U * U * 1.45 : 0.232 + (U - 0.4) * 1.28);
    #for (J, 0, M - 1)
      #local T = 2 * pi * J / M;
      #local P[I][J] = <X, Middle(X).x + Radius(X).x * sin(T) * 1.03, Radius(X).x * cos(T)>;
    #end
  #end
  Loft(P, N, M, true)
#end

// Half thickness of a symmetric four-digit section of unit chord.
#macro Thickness(U) 5 * (0.2969 * sqrt(U) - 0.126 * U - 0.3516 * U * U + 0.2843 * U * U * U - 0.1015 * U * U * U * U) #end

// A lifting surface: stations of <leading edge>, chord and relative thickness; Up is the thickness axis.
#macro Foil(Edges, Chords, Thick, N, Up)
  #local M = 44;
  #local P = array[N][M];
  #for (I, 0, N - 1)
    #for (J, 0, M - 1)
      #local A = 2 * pi * J / M;
      #local U = (1 + cos(A)) / 2;
      #local H = Thickness(U) * Thick[I] * (J <= M / 2 ? 1 : -1) + 0.10 * Thick[I] * sin(pi * U);
      #local P[I][J] = Edges[I] + x * Chords[I] * U + Up * Chords[I] * H;
    #end
  #end
  Loft(P, N, M, true)
#end

#macro Wing()
  #local E = array[8] { <11.6, -1.25, 0>, <13.0, -1.10, 2.0>, <15.6, -0.72, 6.2>, <18.0, -0.25, 10.5>, <20.9, 0.45, 15.8>, <21.35, 0.66, 16.5>, <21.9, 1.25, 16.95>, <23.3, 2.75, 17.25> };
  #local C = array[8] { 7.4, 6.3, 4.0, 3.0, 1.75, 1.6, 1.45, 0.65 };
  #local T = array[8] { 0.15, 0.14, 0.125, 0.115, 0.11, 0.10, 0.09, 0.08 };
  Foil(E, C, T, 8, y)
#end
#macro Tailplane()
  #local E = array[3] { <31.2, 0.75, 0>, <31.7, 0.82, 0.8>, <34.9, 1.35, 6.2> };
  #local C = array[3] { 4.2, 3.9, 1.4 };
  #local T = array[3] { 0.11, 0.11, 0.09 };
  Foil(E, C, T, 3, y)
#end
#macro Fin()
  #local E = array[4] { <27.0, 1.2, 0>, <29.6, 2.2, 0>, <30.6, 3.1, 0>, <34.6, 7.9, 0> };
  #local C = array[4] { 8.6, 6.2, 5.3, 2.2 };
  #local T = array[4] { 0.05, 0.09, 0.10, 0.09 };
  Foil(E, C, T, 4, z)
#end

#macro Engine()
  union {
    lathe {
      cubic_spline 12,
      <0.80, 1.4>, <0.86, 0.9>, <0.90, 0.35>, <0.97, 0.05>, <1.06, 0.00>, <1.13, 0.14>, <1.22, 0.75>, <1.24, 1.6>, <1.16, 2.6>, <0.98, 3.5>, <0.90, 3.5>, <0.86, 2.4>
      rotate -z * 90 texture { pigment { gradient x scale 5 color_map { [0.035 rgb <0.62, 0.63, 0.65>] [0.035 rgb <0.70, 0.71, 0.74>] } } finish { ambient 0 diffuse 0.8 specular 0.5 roughness 0.01 reflection { 0.05, 0.5 fresnel } conserve_energy } }
    }
    disc { <0.9, 0, 0>, x, 0.95 texture { pigment { radial frequency 24 rotate z * 90 color_map { [0 rgb 0.02] [0.5 rgb 0.10] [1 rgb 0.02] } } finish { ambient 0 diffuse 0.7 } } }
    cone { <0.35, 0, 0>, 0.02, <0.9, 0, 0>, 0.30 texture { pigment { rgb 0.12 } finish { ambient 0 } } }
    cone { <2.6, 0, 0>, 0.75, <4.5, 0, 0>, 0.42 texture { Alloy } }
    cone { <4.0, 0, 0>, 0.40, <5.3, 0, 0>, 0.04 texture { Trim } }
    // pylon
    prism { -0.16, 0.16, 6, <0.9, 0.9>, <1.5, 1.35>, <5.2, 1.75>, <5.9, 1.45>, <3.6, 0.75>, <0.9, 0.9> rotate -x * 90 texture { Belly } }
    interior { ior 1.4 }
  }
#end

#declare Glazing = union {
  // cabin windows, then cockpit panes
  #for (I, 0, 46)
    #local X = 5.9 + I * 0.51;
    #if (mod(I, 23) != 11) cylinder { <0, 0, -3>, <0, 0, 3>, 1 scale <0.125, 0.185, 1> translate <X, 0.42, 0> } #end
  #end
  prism { -3, 3, 10, <1.62, 0.72>, <1.95, 1.05>, <2.45, 1.20>, <2.45, 0.62>, <1.62, 0.72>, <2.55, 1.19>, <3.0, 1.12>, <3.15, 0.60>, <2.55, 0.62>, <2.55, 1.19> rotate -x * 90 }
}
#declare Doors = union {
  #for (I, 0, 1)
    difference {
      box { <-0.45, -0.75, -3> <0.45, 1.15, 3> } box { <-0.40, -0.70, -4> <0.40, 1.10, 4> }
      translate x * (4.7 + 24.9 * I)
    }
  #end
}
#declare TailPaint = prism { -3, 3, 5, <27.2, -3>, <31.4, 3.2>, <39, 3.2>, <39, -3>, <27.2, -3> rotate -x * 90 }
#declare Stripe = box { <-1, -0.42, -3> <40, -0.18, 3> }
#declare Under = box { <-1, -4, -3> <40, -0.95, 3> }

#declare Fuselage_painted = object {
  Fuselage(130, 60)
  texture { object { Glazing
    texture { object { Doors
      texture { object { TailPaint texture { object { Stripe texture { object { Under texture { White } texture { Belly } } } texture { Navy } } } texture { Navy } } }
      texture { Belly } } }
    texture { Glass } } }
}

#declare Plane = union {
  object { Fuselage_painted }
  sphere { 0, 1 scale <5.4, 1.0, 2.1> translate <15.8, -1.35, 0> texture { Belly } }
  #for (S, -1, 1, 2)
    object { Wing() scale <1, 1, S> texture { Belly } }
    object { Tailplane() scale <1, 1, S> texture { Belly } }
    object { Engine() translate <10.6, -2.35, S * 5.75> }
    // flap-track fairings
    #for (K, 0, 2)
      sphere { 0, 1 scale <1.5, 0.22, 0.17> rotate -z * 4 translate <18.6 + K * 1.15, -1.0 + K * 0.32, S * (4.4 + K * 3.3)> texture { Belly } }
    #end
  #end
  object { Fin() texture { object {
      prism { -1, 1, 5, <29.5, 0>, <33.4, 9>, <34.9, 9>, <31.4, 0>, <29.5, 0> rotate -x * 90 translate x * 1.6 }
      texture { Navy } texture { Crimson } } } }
}

object {
  Plane
  translate <-17.5, 0, 0>
  rotate -z * 9         // nose up
  rotate x * 9          // a slight bank towards the camera
  rotate y * -38
  translate y * 60
}

// The ground far below only lights the belly.
plane { y, -250 pigment { rgb <0.27, 0.29, 0.28> } finish { ambient 0 diffuse 0.9 } }

camera {
  location <-6, 36, -78>
  right x * image_width / image_height
  look_at <1.2, 60.6, 0>
  angle 33.5 * image_width / image_height / (4 / 3)
}
