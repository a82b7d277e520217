// A small container ship under way, seen from off its bow.
#version 3.7;
#include "outdoor.inc"
#include "loft.inc"

#declare SunDir = <0.55, 0.70, -0.85>;
Sun(SunDir, srgb <1.0, 0.95, 0.87> * 1.5)
Sky(SunDir, 0.50, 1.2, <12.3, 0, 2.6>, srgb <0.26, 0.48, 0.80>, srgb <0.78, 0.86, 0.93>)
fog { fog_type 2 distance 2600 color srgb <0.72, 0.81, 0.90> fog_offset 0 fog_alt 30 }

#declare Cream = Paint(<0.74, 0.74, 0.72>)
#declare Hull = Paint(<0.020, 0.055, 0.15>)
#declare Boot = Paint(<0.33, 0.035, 0.025>)
#declare Deck = texture { pigment { rgb <0.17, 0.05, 0.035> } finish { ambient 0 diffuse 0.8 } }
#declare Orange = Paint(<0.75, 0.18, 0.02>)
#declare Steel = Paint(<0.62, 0.60, 0.52>)

// The hull: stern at x = 0, stem at x = 108, keel below the water at y = 0. Half breadth at height v
// (0 waterline, 1 deck edge) and length u; the bow flares and the stem rakes.
#declare Sheer = spline { natural_spline -10, 7.6*x, 0, 7.2*x, 30, 6.4*x, 60, 6.4*x, 84, 7.2*x, 92, 9.2*x, 100, 10.1*x, 112, 11.2*x };
#macro HullPoint(U, V, Side)
  #local X0 = 1.5 - 1.5 * V;
  #local X1 = 101.0 + 8.0 * pow(max(V, 0), 1.3);
  #local X = X0 + (X1 - X0) * U;
  #local Full = 1 - 0.42 * (1 - max(V, 0));
  #local Fore = pow(max(0, 1 - pow(max(0, (U - 0.70) / 0.30), 1.7 + 1.1 * max(V, 0))), 0.9);
  #local Aft = 1 - (0.30 - 0.22 * max(V, 0)) * pow(max(0, (0.16 - U) / 0.16), 2);
  #local Flare = 1 - (1 - Full) * pow(max(0, (U - 0.6) / 0.4), 1.5) * 0.9;
  <X, V * Sheer(X).x, Side * max(0.02, 8.6 * Fore * Aft * Flare)>
#end
#macro HullSide(Side, Va, Vb, N, M)
  #local P = array[N][M];
  #for (I, 0, N - 1)
    #local U = sin(pi / 2 * I / (N - 1));
    #for (J, 0, M - 1) #local P[I][J] = HullPoint(U, Va + (Vb - Va) * J / (M - 1), Side); #end
  #end
  Loft(P, N, M, false)
#end
#macro DeckPlate(N)
  #local P = array[N][2];
  #for (I, 0, N - 1)
    #local U = sin(pi / 2 * I / (N - 1));
    #local A = HullPoint(U, 0.88, -1); #local B = HullPoint(U, 0.88, 1);
    #local P[I][0] = A; #local P[I][1] = B;
  #end
  Loft(P, N, 2, false)
#end

#declare Container = difference {
  box { <0, 0, 0> <6.0, 2.55, 2.4> }
  #for (I, 0, 18) box { <0.22 + I * 0.3, 0.18, -0.1> <0.36 + I * 0.3, 2.37, 0.06> } #end
}
#declare Liveries = array[9] {
  <0.36, 0.035, 0.025>, <0.02, 0.10, 0.28>, <0.03, 0.20, 0.12>, <0.62, 0.24, 0.03>, <0.50, 0.50, 0.48>,
  <0.30, 0.06, 0.03>, <0.04, 0.16, 0.30>, <0.62, 0.45, 0.06>, <0.22, 0.23, 0.24> };
#declare R = seed(42);
#macro Stack(X, Base, High)
  #for (Row, 0, 5)
    #local Up = High - floor(rand(R) * 1.6);
    #for (L, 0, Up - 1)
      #local C = Liveries[floor(rand(R) * 8.999)] * (0.8 + 0.4 * rand(R));
      object { Container texture { pigment { rgb C } finish { ambient 0 diffuse 0.8 specular 0.1 roughness 0.05 } }
               translate <X, Base + L * 2.6, -7.5 + Row * 2.5> }
    #end
  #end
#end

// A deckhouse of so many storeys with window bands.
#declare Portholes = union {
  #for (L, 0, 3)
    #for (I, 0, 6) box { <-20, 0.9, -0.42> <40, 1.75, 0.42> translate <0, L * 2.8, -6 + I * 2> } #end
    #for (I, 0, 4) box { <-0.42, 0.9, -20> <0.42, 1.75, 20> translate <1.6 + I * 2.2, L * 2.8, 0> } #end
  #end
}
#macro House()
  union {
    box { <0, -2.8, -7.2> <11, 11.2, 7.2> texture { object { Portholes texture { Cream } texture { Glass } } } }
    #for (L, 1, 4) box { <-0.8, L * 2.8 - 0.15, -7.9> <11.8, L * 2.8, 7.9> texture { Cream } } #end
    #for (L, 1, 3)
      #for (S, -1, 1, 2)
        cylinder { <-0.8, L * 2.8 + 1.0, S * 7.85>, <11.8, L * 2.8 + 1.0, S * 7.85>, 0.05 texture { Cream } }
        #for (I, 0, 6) cylinder { <-0.8 + I * 2.1, L * 2.8 - 2.8, S * 7.8>, <-0.8 + I * 2.1, L * 2.8 + 1, S * 7.8>, 0.07 texture { Cream } } #end
      #end
    #end
    // bridge with wings
    difference {
      box { <3, 11.2, -6.6> <11.6, 14.2, 6.6> }
      #for (S, -1, 1, 2) box { <3.6, 12.3, S * 6.5> <11.2, 13.4, S * 7> } #end
      box { <11.5, 12.3, -6.3> <12, 13.4, 6.3> }
      texture { Cream }
    }
    box { <3.1, 12.2, -6.52> <11.52, 13.5, 6.52> texture { Glass } }
    #for (I, 0, 8) box { <11.5, 12.2, -0.1> <11.62, 13.5, 0.1> translate z * (-6.4 + I * 1.6) texture { Cream } } #end
    box { <5.5, 11.2, -9.6> <11.6, 12.25, 9.6> texture { Cream } }
    box { <2.4, 14.2, -7.2> <12.2, 14.5, 7.2> texture { Cream } }
    // mast, radar, funnel
    cone { <7, 14.4, 0>, 0.45, <7, 21.5, 0>, 0.2 texture { Cream } }
    box { <6.8, 19.2, -2.4> <7.2, 19.4, 2.4> texture { Cream } }
    box { <7.4, 17.4, -1.8> <7.7, 17.75, 1.8> texture { Cream } }
    sphere { <5.2, 15.6, 3.6>, 0.9 texture { Cream } }
    superellipsoid { <0.35, 0.15> rotate x * 90 scale <2.6, 3.6, 2.0> translate <-2.8, 12.5, 0>
      texture { gradient y scale 30 texture_map { [0.42 Hull] [0.42 Orange] [0.475 Orange] [0.475 Hull] [0.51 Hull] [0.51 Trim] } } }
    superellipsoid { <0.3, 0.2> scale <2.6, 5, 3.0> translate <-2.6, 4.6, 0> texture { Cream } }
    // lifeboats
    #for (S, -1, 1, 2)
      superellipsoid { <0.8, 0.5> scale <2.9, 1.1, 1.0> translate <5, 7.2, S * 8.6> texture { Orange } }
    #end
  }
#end

#macro Crane()
  union {
    cylinder { 0, y * 11, 1.1 }
    box { <-1.5, 11, -1.6> <1.8, 14, 1.6> }
    cone { <1.2, 12.4, 0>, 0.7, <19, 15.8, 0>, 0.35 }
    cylinder { <0, 16, 0>, <19, 15.9, 0>, 0.07 }
    cone { <0, 14, 0>, 0.6, <0, 16.4, 0>, 0.3 }
    texture { Steel }
  }
#end

#declare Ship = union {
  #for (S, -1, 1, 2)
    object { HullSide(S, -0.35, 0.16, 70, 8) texture { Boot } }
    object { HullSide(S, 0.16, 0.19, 70, 2) texture { Cream } }
    object { HullSide(S, 0.19, 0.96, 70, 14) texture { Hull } }
    object { HullSide(S, 0.96, 1.0, 70, 2) texture { Cream } }
    // anchor
    sphere { 0, 0.75 scale <1, 1.2, 1> translate HullPoint(0.905, 0.66, S) texture { Trim } }
  #end
  object { DeckPlate(50) texture { Deck } }
  object { HullSide(1, -0.35, 1.0, 2, 2) texture { Hull } }
  // transom
  box { <1.2, -2, -7.0> <1.6, 7.0, 7.0> texture { Hull } }
  object { House() translate <8, 9.0, 0> }
  Stack(22.5, 5.7, 4) Stack(28.9, 5.7, 4)
  Stack(38.5, 5.7, 4) Stack(44.9, 5.7, 5)
  Stack(51.3, 5.7, 4) Stack(60.5, 5.7, 4)
  Stack(66.9, 5.7, 4) Stack(73.3, 5.7, 3) Stack(80.3, 6.4, 3)
  object { Crane() translate <36.6, 5.6, 6.6> }
  object { Crane() translate <58.9, 5.6, 6.6> }
  // forecastle mast and breakwater
  cone { <95, 8, 0>, 0.4, <95, 18, 0>, 0.15 texture { Cream } }
  box { <94.8, 15, -1.5> <95.2, 15.2, 1.5> texture { Cream } }
  box { <88.2, 6, -7> <88.6, 10.8, 7> texture { Cream } }
}

object { Ship translate -x * 54 }

// The sea: three trains of waves; white water along the hull and behind the stern.
#declare Chop = function(x, y, z) { 0.55 * Octaves(x * 0.060, 0.3, z * 0.105) + 0.45 * Octaves(x * 0.23 + 3, 0.7, z * 0.36) }
#declare Foam = function(x, y, z) {
  Clamped(
    3.2 * (Octaves(x * 0.25, 1.7, z * 0.7) - 0.47
      + 0.50 * exp(-max(0, abs(z) - 8.7 * sqrt(Clamped((48 - x) / 32))) / 5) * (0.5 + 0.5 * exp(-abs(x - 44) / 12)) * (x < 49)
      + 0.20 * exp(-abs(z) / 7) * (x < -50) * exp((x + 50) / 60)
      - 0.15))
}
#declare Water = texture {
  pigment { rgb <0.012, 0.050, 0.068> }
  normal {
    function { Chop(x, y, z) } 7.5
  }
  finish { diffuse 0.8 ambient 0 specular 0.35 roughness 0.01 reflection { 0.01, 0.92 fresnel } conserve_energy }
}
plane {
  y, 0
  texture {
    function { Foam(x, y, z) }
    texture_map {
      [0.10 Water]
      [0.75 pigment { rgb <0.70, 0.75, 0.77> } finish { ambient 0 diffuse 0.8 }]
    }
  }
  interior { ior 1.33 }
}

// The far shore.
prism {
  linear_spline 0, 400, 84
  #for (I, 0, 80) , <-3600 + I * 90, max(2, 60 * (Octaves(I * 0.11, 0.2, 0.5) - 0.30) * (1 + 0.7 * sin(I * 0.07)))> #end
  , <3600, -5>, <-3600, -5>, <-3600, max(2, 60 * (Octaves(0, 0.2, 0.5) - 0.30))>
  rotate -x * 90 translate z * 3200
  pigment { rgb <0.05, 0.08, 0.04> } finish { ambient 0 diffuse 0.8 }
}

camera {
  location <150, 15, -112>
  right x * image_width / image_height
  look_at <7, 11.5, 0>
  angle 30
}
