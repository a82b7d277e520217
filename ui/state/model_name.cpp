#include "ui/state/model_name.h"

#include <QDir>
#include <QFileInfo>
#include <QStringList>

namespace perceiver::ui {

QString modelName(const std::string& id) {
    const QFileInfo file(QDir::cleanPath(QString::fromStdString(id)));
    QString name = file.fileName();
    for (const char* ending : {".index.json", ".json", ".safetensors", ".pt", ".pth", ".bin", ".ckpt"})
        if (name.endsWith(QLatin1String(ending))) name.chop(int(qstrlen(ending)));
    const QStringList saysNothing{"model", "pytorch_model", "weights", "config", "hyperparameters"};
    return isOwnModel(id) && saysNothing.contains(name) ? file.dir().dirName() : name;
}

QString briefModelName(const std::string& id) {
    const QString name = modelName(id);
    const QStringList kinds{"image", "audio", "video", "points", "av"};
    return !isOwnModel(id) && kinds.contains(name.section('-', 0, 0)) && name.contains('-') ? name.section('-', 1)
                                                                                            : name;
}

}  // namespace perceiver::ui
